package io.crewline;

import io.crewline.platform.Settings;

/** What a newcomer reads after the start: where to look, how to log in, one line to try. */
final class Banner {
  private Banner() {}

  static String of(Settings settings, int port) {
    String url = "http://localhost:" + port;
    String database =
        settings.embeddedDatabase()
            ? "embedded PostgreSQL in " + settings.dataDirectory()
            : "PostgreSQL " + settings.database();
    String login;
    if (!settings.authRequired()) {
      login = "nobody needs to: CREWLINE_AUTH=none";
    } else if (settings.demo()) {
      login = "dave or ada, password demo-password";
    } else {
      login = settings.adminUsername() + ", with the password you gave or that was printed once";
    }
    String user = settings.demo() ? "dave" : settings.adminUsername();
    String password = settings.demo() ? "demo-password" : "…";
    return """

    Crewline is ready.
      Where    %s   (health %s/health, API %s/openapi.yml)
      Sockets  ws://localhost:%d/ws
      Data     %s
      Log in   %s
      Try      curl -s %s/api/token -H 'Content-Type: application/json' -d '{"username":"%s","password":"%s"}'
    """
        .formatted(url, url, url, port, database, login, url, user, password);
  }
}
