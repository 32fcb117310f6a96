package io.crewline;

import io.crewline.platform.Settings;
import io.crewline.platform.Settings.SettingsException;
import java.net.BindException;

/** Turns the failures of a start that an operator can mend into one plain line. */
final class StartFailure {
  private StartFailure() {}

  static RuntimeException explain(RuntimeException failure, Settings settings) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SettingsException known) {
        return known;
      }
      if (cause instanceof BindException) {
        return new SettingsException(
            "PORT is " + settings.port() + " and something else listens there: choose another");
      }
    }
    return failure;
  }
}
