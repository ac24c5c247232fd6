import { Provider } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { connect, type Connection } from "./api/client";
import { Connected, useScreen } from "./api/hooks";
import { StartDocument } from "./api/schema";
import * as session from "./api/session";
import { Frame } from "./frame";
import { Loaded } from "./parts/problem";
import { SignIn } from "./screens/sign-in";

/** A connection for as long as a session lasts: when it ends, all that was loaded with it goes. */
export function App() {
  const [connection, setConnection] = useState<Connection>(connect);
  const [signedIn, setSignedIn] = useState(session.token() !== null);
  useEffect(
    () =>
      session.listen(() => {
        const goesOn = session.token() !== null;
        setSignedIn(goesOn);
        if (goesOn) return;
        history.replaceState(null, "", "#/");
        setConnection((old) => {
          old.close();
          return connect();
        });
      }),
    [],
  );
  return (
    <Connected.Provider value={connection}>
      <Provider value={connection.client}>{signedIn ? <Start /> : <SignIn />}</Provider>
    </Connected.Provider>
  );
}

/** Asks who the user is after a reload. After signing in, the cache knows it already. */
function Start() {
  const screen = useScreen(StartDocument, {}, { policy: "cache-first" });
  return <Loaded screen={screen}>{({ viewer }) => viewer && <Frame me={viewer} />}</Loaded>;
}
