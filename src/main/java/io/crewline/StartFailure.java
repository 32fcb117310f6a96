package io.crewline;

import io.crewline.platform.Settings;
import io.crewline.platform.Settings.SettingsException;
import java.io.IOException;
import java.net.BindException;

/** Turns the failures of a start that an operator can mend into one plain line. */
final class StartFailure {
  private StartFailure() {}

  static RuntimeException explain(RuntimeException failure, Settings settings) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SettingsException known) {
        return known;
      }
      if (cause instanceof BindException || isNativeBind(cause)) {
        return PortCheck.refusal(settings, cause);
      }
    }
    return failure;
  }

  /** Netty's native transports have a failure of their own. */
  private static boolean isNativeBind(Throwable cause) {
    return cause instanceof IOException && String.valueOf(cause.getMessage()).startsWith("bind(");
  }
}
