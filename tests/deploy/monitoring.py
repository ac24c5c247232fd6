"""Checks the alerts and the dashboard in deploy/monitoring against the metrics of a running server.

    python3 tests/deploy/monitoring.py URL

Every metric that they name exists, each alert fires when it should (alerts.test.yaml), and a Prometheus that collects
from the server answers every query of the dashboard with figures.
"""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from common import free_ports, running, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "..", "deploy", "monitoring")


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"monitoring: promtool {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def queries():
    """The queries of the dashboard by panel, with Grafana's variables filled in."""
    with open(os.path.join(FOLDER, "dashboard.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def read(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode()


def ask(url):
    body = json.dumps({"query": "{ projects { totalCount } }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=30).close()


def check_figures(url, exprs):
    """Has a real Prometheus collect from the server, and ask what the dashboard asks."""
    target = urllib.parse.urlsplit(url).netloc
    scrape = {"job_name": "twinspace", "static_configs": [{"targets": [target]}]}
    with tempfile.TemporaryDirectory() as folder:
        configuration = os.path.join(folder, "prometheus.yaml")
        with open(configuration, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape]}, file)
        [port] = free_ports(1)
        command = ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data"]
        log = os.path.join(folder, "log")
        with running([*command, f"--web.listen-address=127.0.0.1:{port}"], log):

            def figures(expr):
                query = urllib.parse.urlencode({"query": expr})
                answer = json.loads(read(f"http://127.0.0.1:{port}/api/v1/query?{query}"))
                return [float(series["value"][1]) for series in answer["data"]["result"]]

            wait_for("what Prometheus has collected", lambda: figures('up{job="twinspace"} == 1'))
            without = exprs
            for _ in range(30):
                ask(url)
                time.sleep(1)
                # Not a number is what a quantile of nothing is.
                without = [(title, expr) for title, expr in without if all(map(math.isnan, figures(expr)))]
                if not without:
                    return
    sys.exit("\n".join(f"monitoring: {title!r} shows nothing: {expr}" for title, expr in without))


def main():
    if not shutil.which("promtool") or not shutil.which("prometheus"):
        print("\n!! NOT TRIED: alerts and dashboard. Prometheus is not installed.\n")
        return
    url = sys.argv[1]
    # What counts requests is there after the first one.
    ask(url)
    there = set(re.findall(r"^(\w+)", read(f"{url}/metrics"), re.M))

    exprs = list(queries())
    with open(os.path.join(FOLDER, "alerts.yaml"), encoding="utf-8") as file:
        named = set(re.findall(r"\btwinspace_\w+", file.read() + "\n".join(expr for _, expr in exprs)))
    missing = sorted(named - there)
    if missing or len(named) < 8:
        sys.exit(f"monitoring: the server has no {missing}; {len(named)} metrics are named")

    promtool("check", "rules", "alerts.yaml")
    promtool("test", "rules", "alerts.test.yaml")
    check_figures(url, exprs)
    print(f"monitoring: {len(exprs)} queries have figures, {len(named)} metrics, and the alerts fire when they should")


main()
