package io.crewline;

import io.crewline.platform.Settings;
import io.crewline.platform.Settings.SettingsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Locale;

/**
 * Whether the port of the settings can be opened, asked before anything else is started. It may
 * still be taken until the server opens it; that start fails then with the same words.
 */
final class PortCheck {
  private PortCheck() {}

  static void run(Settings settings) {
    String host = settings.host();
    InetSocketAddress address =
        host == null
            ? new InetSocketAddress(settings.port())
            : new InetSocketAddress(host, settings.port());
    if (address.isUnresolved()) {
      throw new SettingsException(
          "CREWLINE_HOST is " + host + " and has no address: use one of this machine");
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(address);
    } catch (IOException e) {
      throw refusal(settings, e);
    }
  }

  static SettingsException refusal(Settings settings, Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("assign requested") || lower.contains("unreachable")) {
      return new SettingsException(
          "CREWLINE_HOST is " + settings.host() + " and no address of this machine: use one");
    }
    if (lower.contains("in use")) {
      return new SettingsException(
          "PORT is " + settings.port() + " and something else listens there: choose another");
    }
    return new SettingsException(
        "PORT is " + settings.port() + " and cannot be opened (" + reason + "): choose another");
  }
}
