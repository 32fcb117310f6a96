package io.crewline.realtime;

import jakarta.inject.Singleton;
import java.time.Duration;

/** How long a client may take nothing before it is closed with {@link CloseReason#TOO_SLOW}. */
@Singleton
class SlowClients {
  Duration patience() {
    return CatchUp.PATIENCE;
  }
}
