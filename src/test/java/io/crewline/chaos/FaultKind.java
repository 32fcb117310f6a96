package io.crewline.chaos;

/** What the run does to the cluster and its clients. */
enum FaultKind {
  NODE_KILL("node killed", true),
  NODE_DRAIN("node drained", true),
  NODE_FREEZE_SHORT("node frozen shortly", true),
  NODE_FREEZE_LONG("node frozen longer than the heartbeat", true),
  NODE_FREEZE_LEASE("node frozen longer than its leases", true),
  NODE_CUT_OFF("node cut off from PostgreSQL, packets dropped", true),
  REDIS_STOP("Redis stopped", true),
  REDIS_FREEZE_SHORT("Redis frozen shortly", true),
  REDIS_FREEZE_LONG("Redis frozen longer than its timeout", true),
  POSTGRES_FAST("PostgreSQL restarted", true),
  POSTGRES_CRASH("PostgreSQL crashed", true),
  CLIENT_CUT("client cut", false),
  CLIENT_HASTE("client reconnected in haste", false);

  private final String text;
  private final boolean ofServers;

  FaultKind(String text, boolean ofServers) {
    this.text = text;
    this.ofServers = ofServers;
  }

  String text() {
    return text;
  }

  /** Whether it hits more than one client. */
  boolean isOfServers() {
    return ofServers;
  }
}
