#!/usr/bin/env python3
"""Has Schemathesis make queries and mutations by the schema of a running demo, as a teacher:

    tests/audits/schemathesis/run.py http://127.0.0.1:8000/graphql

They are the same each time. Ends with 1 if the server fails or answers otherwise than by its schema.
Changes what the teacher can change.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))
from environment import install

SIGN_IN = 'mutation { signIn(input: { email: "zofia@demo.example", password: "twinspace1" }) { token } }'
# What the teacher can act on, without her own membership: she would remove herself.
THINGS = """{
  viewer {
    contacts { nodes { id person { id } } }
    projects { nodes { id partners { nodes { id } } } }
    memberships {
      nodes {
        twinSpace {
          id
          members(first: 5) { nodes { id } }
          pages { nodes { id } }
          media { nodes { id } }
          chat(last: 5) { nodes { id } }
          invitations(first: 5) { nodes { id } }
        }
      }
    }
    pupils(first: 5) { nodes { id } }
    inbox { nodes { id } }
    custodyTransfers { nodes { id } }
    pupilRequests { nodes { id } }
  }
}"""


def ask(url: str, query: str, **headers: str) -> str:
    """The answer of the server, as it is."""
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


def main(url: str) -> int:
    with tempfile.TemporaryDirectory() as work:
        environment = Path(work, "environment")
        if problem := install(environment, HERE / "requirements.txt"):
            print(f"\n!! NOT TRIED: Schemathesis. It cannot be installed: {problem}\n")
            return 0
        token = json.loads(ask(url, SIGN_IN))["data"]["signIn"]["token"]
        ids = re.findall('"id":"([^"]+)"', ask(url, THINGS, Authorization=f"Bearer {token}"))
        if not ids:
            sys.exit("The teacher has nothing to act on.")
        schemathesis = [environment / "bin/schemathesis", "--config-file", HERE / "schemathesis.toml"]
        return subprocess.run(
            [*schemathesis, "run", url, "--header", f"Authorization: Bearer {token}"],
            cwd=work,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "TWINSPACE_IDS": " ".join(ids)},
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
