package io.crewline.realtime.redis;

import io.crewline.platform.RedisAddress.Host;
import io.lettuce.core.RedisCommandExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The answer of a cluster's node that another one serves a slot now. */
final class Moved {
  /** The host is left out when it is that of the node which answers. */
  private static final Pattern TEXT =
      Pattern.compile("MOVED \\d+ (?<name>.*):(?<port>\\d{1,5})(?:@.*)?");

  private Moved() {}

  /** Where to; null when a command failed for another reason. */
  static @Nullable Host to(Throwable failure, Host asked) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RedisCommandExecutionException refused) {
        Matcher matcher = TEXT.matcher(String.valueOf(refused.getMessage()));
        if (matcher.matches()) {
          String name = matcher.group("name").replaceAll("[\\[\\]]", "");
          return new Host(
              name.isEmpty() || name.equals("?") ? asked.name() : name,
              Integer.parseInt(matcher.group("port")));
        }
      }
    }
    return null;
  }
}
