package io.crewline.journal;

import io.crewline.platform.JsonText;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may see an event of a topic in which not everybody sees everything. Those who see all of the
 * topic see it as it is, the <em>seers</em> too, the <em>leavers</em> see the farewell in its
 * place, everybody else sees nothing: for them the topic's position moves on all the same.
 *
 * @param whole whether those who see all of the topic see it; false for a marker that nobody sees
 * @param seers usernames
 * @param leavers usernames, none of them seers
 * @param farewell what leavers see in the event's place; present exactly if there are any
 * @param changed usernames of those whose sight of the topic is another from here on: what they
 *     have of it no longer holds, and they need a fresh snapshot
 */
public record Audience(
    boolean whole,
    Set<String> seers,
    Set<String> leavers,
    @Nullable Farewell farewell,
    Set<String> changed) {
  private static final String SPACE = " ";
  private static final int LINES = 6;

  /**
   * An event that tells somebody that they no longer see something.
   *
   * @param type its name on the wire
   * @param data its payload: a {@code @Serdeable} value, {@link JsonText} once it is recorded
   */
  public record Farewell(String type, Object data) {}

  public Audience {
    seers = Set.copyOf(seers);
    leavers = Set.copyOf(leavers);
    changed = Set.copyOf(changed);
    if (leavers.isEmpty() != (farewell == null)) {
      throw new IllegalArgumentException("a farewell needs leavers, and leavers a farewell");
    }
  }

  /** Those who see all of the topic, and the given users. */
  public static Audience of(Set<String> seers) {
    return new Audience(true, seers, Set.of(), null, Set.of());
  }

  /** The same, and some who see something else in its place. */
  public Audience withFarewell(Set<String> leaving, String type, Object data) {
    return leaving.isEmpty()
        ? this
        : new Audience(whole, seers, leaving, new Farewell(type, data), changed);
  }

  /** Nobody: a marker after which some users have another sight of the topic. */
  public static Audience changedFor(Set<String> usernames) {
    return new Audience(false, Set.of(), Set.of(), null, usernames);
  }

  Audience recorded(JsonText written) {
    Farewell said = farewell;
    return said == null
        ? this
        : new Audience(whole, seers, leavers, new Farewell(said.type(), written), changed);
  }

  /** The length of the farewell, in characters. */
  public int length() {
    return farewell != null && farewell.data() instanceof JsonText(String text) ? text.length() : 0;
  }

  /**
   * As text: a line each for {@code whole}, seers, leavers, changed users, the farewell's type, and
   * the rest for its payload.
   */
  public String text() {
    return String.join(
        "\n",
        Boolean.toString(whole),
        String.join(SPACE, seers),
        String.join(SPACE, leavers),
        String.join(SPACE, changed),
        farewell == null ? "" : farewell.type(),
        farewell != null && farewell.data() instanceof JsonText(String text) ? text : "");
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Audience parse(String text) {
    List<String> lines = List.of(text.split("\n", LINES));
    if (lines.size() != LINES) {
      throw new IllegalArgumentException("not an audience");
    }
    return new Audience(
        Boolean.parseBoolean(lines.get(0)),
        names(lines.get(1)),
        names(lines.get(2)),
        lines.get(4).isEmpty() ? null : new Farewell(lines.get(4), new JsonText(lines.get(5))),
        names(lines.get(3)));
  }

  private static Set<String> names(String line) {
    return line.isEmpty() ? Set.of() : Set.of(line.split(SPACE));
  }
}
