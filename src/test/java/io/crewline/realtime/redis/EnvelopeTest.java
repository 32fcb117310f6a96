package io.crewline.realtime.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.JsonText;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.redis.Rejection.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class EnvelopeTest {
  private static final String OLD = "old-old-old-old-old-old-old-old-old-old";
  private static final String NEW = "new-new-new-new-new-new-new-new-new-new";
  private static final Topic ROOM = Topic.room("messaging:general");
  private static final String CHANNEL = "crewline:1:0:room:messaging:general";
  private static final List<JournalEntry> ENTRIES = List.of(entry(1), entry(2), entry(3));

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  private static JournalEntry entry(long seq) {
    return new JournalEntry(
        ROOM,
        "4f1c2a9be07d",
        seq,
        "message.new",
        Instant.parse("2026-01-02T03:04:05.678Z"),
        "{\"text\":\"grüße 🚀\"}");
  }

  private static Envelope node(String... secrets) {
    return new Envelope(UUID.randomUUID(), List.of(secrets), CLOCK);
  }

  private static List<JournalEntry> entries(Envelope node, byte[] message) throws Rejection {
    Envelope.Content content = node.unwrap(CHANNEL, ROOM, message);
    assertThat(content.ephemerals()).isEmpty();
    return content.entries();
  }

  private static Reason refusal(Envelope node, String channel, byte[] message) {
    Rejection rejection =
        catchThrowableOfType(Rejection.class, () -> node.unwrap(channel, ROOM, message));
    assertThat(rejection).as("a rejection").isNotNull();
    return rejection.reason();
  }

  @Test
  void entriesArriveUnchangedPlainAndSealed() throws Exception {
    assertThat(entries(node(), node().wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
    assertThat(entries(node(NEW), node(NEW).wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
  }

  @Test
  void audiencesArriveWithTheirEntries() throws Exception {
    Audience audience =
        Audience.of(Set.of("ada", "dave"))
            .withFarewell(Set.of("bob"), "task:deleted", new JsonText("{\"a\":\n\"ü🚀\"}"));
    List<JournalEntry> entries =
        List.of(entry(1), restricted(2, audience), restricted(3, Audience.changedFor(Set.of("x"))));

    assertThat(entries(node(), node().wrap(CHANNEL, entries))).isEqualTo(entries);
    assertThat(entries(node(NEW), node(NEW).wrap(CHANNEL, entries))).isEqualTo(entries);
  }

  @Test
  void aBrokenAudienceIsRefused() {
    byte[] message =
        node().wrap(CHANNEL, List.of(restricted(1, Audience.changedFor(Set.of("somebody")))));
    for (int i = 0; i < message.length; i++) {
      if (message[i] == '\n') {
        message[i] = ' ';
      }
    }
    assertThat(refusal(node(), CHANNEL, message)).isEqualTo(Reason.MALFORMED);
  }

  private static JournalEntry restricted(long seq, Audience audience) {
    JournalEntry plain = entry(seq);
    return new JournalEntry(
        plain.topic(), plain.epoch(), seq, plain.type(), plain.at(), plain.data(), audience);
  }

  @Test
  void ephemeralEventsArriveUnchangedPlainAndSealed() throws Exception {
    List<EphemeralEvent> events =
        List.of(
            new EphemeralEvent(ROOM, "typing.start", NOW.minusMillis(1), "{\"a\":\"ü🚀\"}"),
            new EphemeralEvent(ROOM, "typing.stop", NOW, "{}"));
    assertThat(node().unwrap(CHANNEL, ROOM, node().wrapEphemerals(CHANNEL, events)))
        .isEqualTo(new Envelope.Content(List.of(), events));
    assertThat(node(NEW).unwrap(CHANNEL, ROOM, node(NEW).wrapEphemerals(CHANNEL, events)))
        .isEqualTo(new Envelope.Content(List.of(), events));
  }

  private static byte[] typing(Envelope sender, Instant at) {
    return sender.wrapEphemerals(
        CHANNEL, List.of(new EphemeralEvent(ROOM, "typing.start", at, "{}")));
  }

  @Test
  void sealedEphemeralEventsAreTakenOnceInWhateverOrder() throws Exception {
    Envelope sender = node(NEW);
    Envelope receiver = node(NEW);
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      messages.add(typing(sender, NOW));
    }
    Collections.shuffle(messages, new Random(1));
    for (byte[] message : messages) {
      assertThat(receiver.unwrap(CHANNEL, ROOM, message).ephemerals()).hasSize(1);
    }
    for (byte[] message : messages) {
      assertThat(refusal(receiver, CHANNEL, message)).isEqualTo(Reason.REPLAYED);
    }
    assertThat(receiver.unwrap(CHANNEL, ROOM, typing(sender, NOW)).ephemerals()).hasSize(1);
  }

  @Test
  void sealedEphemeralEventsOfLongAgoAreRefusedByThoseWhoNeverSawThemToo() {
    byte[] message = typing(node(NEW), NOW.minus(ReplayGuard.FRESH));
    assertThat(refusal(node(NEW), CHANNEL, message)).isEqualTo(Reason.REPLAYED);
  }

  @Test
  void sealedEntriesArriveTwice() throws Exception {
    Envelope receiver = node(NEW);
    byte[] message = node(NEW).wrap(CHANNEL, ENTRIES);
    assertThat(entries(receiver, message)).isEqualTo(ENTRIES);
    assertThat(entries(receiver, message)).as("the hub knows them by seq").isEqualTo(ENTRIES);
  }

  @Test
  void aSealedMessageCannotBeTurnedIntoOneOfTheOtherKind() {
    byte[] message = node(NEW).wrap(CHANNEL, ENTRIES);
    message[0] = 2;
    assertThat(refusal(node(NEW), CHANNEL, message)).isEqualTo(Reason.TAMPERED);
  }

  @Test
  void cutOffEphemeralEventsAreRefused() {
    byte[] message =
        node()
            .wrapEphemerals(
                CHANNEL,
                List.of(new EphemeralEvent(ROOM, "typing.start", Instant.ofEpochMilli(1), "{}")));
    for (int length = 19; length < message.length; length++) {
      assertThat(refusal(node(), CHANNEL, Arrays.copyOf(message, length)))
          .as("length " + length)
          .isEqualTo(Reason.MALFORMED);
    }
  }

  @Test
  void nodesIgnoreTheirOwnMessages() throws Exception {
    Envelope plain = node();
    assertThat(entries(plain, plain.wrap(CHANNEL, ENTRIES))).isEmpty();
    Envelope sealing = node(NEW);
    assertThat(entries(sealing, sealing.wrap(CHANNEL, ENTRIES))).isEmpty();
  }

  @Test
  void sealedMessagesShowNothingAndNeverRepeat() {
    Envelope node = node(NEW);
    byte[] first = node.wrap(CHANNEL, ENTRIES);
    byte[] second = node.wrap(CHANNEL, ENTRIES);
    assertThat(new String(first, StandardCharsets.ISO_8859_1))
        .doesNotContain("4f1c2a9be07d", "message.new", "text");
    // Without the tag, which differs anyway as it covers the count: one nonce twice gives one text.
    assertThat(Arrays.copyOfRange(first, 30, first.length - BroadcastKeys.TAG_BYTES))
        .isNotEqualTo(Arrays.copyOfRange(second, 30, second.length - BroadcastKeys.TAG_BYTES));
  }

  @Test
  void everyKeyOpensAndTheFirstSeals() throws Exception {
    Envelope before = node(OLD);
    Envelope between = node(OLD, NEW);
    Envelope after = node(NEW, OLD);
    Envelope done = node(NEW);
    assertThat(entries(between, before.wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
    assertThat(entries(before, between.wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
    assertThat(entries(between, after.wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
    assertThat(entries(done, after.wrap(CHANNEL, ENTRIES))).isEqualTo(ENTRIES);
    assertThat(refusal(before, CHANNEL, after.wrap(CHANNEL, ENTRIES)))
        .isEqualTo(Reason.UNKNOWN_KEY);
  }

  @Test
  void plainMessagesAreRefusedWhereKeysAreSetAndSealedOnesWhereNoneAre() {
    assertThat(refusal(node(NEW), CHANNEL, node().wrap(CHANNEL, ENTRIES)))
        .isEqualTo(Reason.NOT_ENCRYPTED);
    assertThat(refusal(node(), CHANNEL, node(NEW).wrap(CHANNEL, ENTRIES)))
        .isEqualTo(Reason.UNKNOWN_KEY);
  }

  @Test
  void noChangedBitOfASealedMessageGoesUnnoticed() {
    byte[] message = node(NEW).wrap(CHANNEL, List.of(entry(1)));
    Envelope receiver = node(NEW);
    for (int bit = 0; bit < message.length * 8; bit++) {
      byte[] changed = message.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(refusal(receiver, CHANNEL, changed)).as("bit " + bit).isNotNull();
    }
    byte[] last = message.clone();
    last[last.length - 1] ^= 1;
    assertThat(refusal(receiver, CHANNEL, last)).isEqualTo(Reason.TAMPERED);
  }

  @Test
  void aSealedMessageDoesNotOpenInAnotherTopicsChannel() {
    byte[] message = node(NEW).wrap(CHANNEL, ENTRIES);
    assertThat(refusal(node(NEW), "crewline:1:0:tasks", message)).isEqualTo(Reason.TAMPERED);
  }

  @Test
  void aNewerVersionIsRefusedAsSuch() {
    byte[] message = node().wrap(CHANNEL, ENTRIES);
    message[0] = 4;
    assertThat(refusal(node(), CHANNEL, message)).isEqualTo(Reason.VERSION);
  }

  @Test
  void whatIsCutOffOrNoiseIsRefusedWithoutOtherHarm() {
    byte[] plain = node().wrap(CHANNEL, List.of(entry(1)));
    for (int length = 0; length < plain.length; length++) {
      if (length != 18) { // a header alone is an envelope without entries
        assertThat(refusal(node(), CHANNEL, Arrays.copyOf(plain, length)))
            .as("length " + length)
            .isEqualTo(Reason.MALFORMED);
      }
    }
    byte[] sealed = node(NEW).wrap(CHANNEL, List.of(entry(1)));
    Envelope receiver = node(NEW);
    for (int length = 0; length < sealed.length; length++) {
      assertThat(refusal(receiver, CHANNEL, Arrays.copyOf(sealed, length)))
          .as("length " + length)
          .isIn(Reason.MALFORMED, Reason.TAMPERED);
    }
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] noise = Arrays.copyOf(plain, 18 + 1 + random.nextInt(200));
      byte[] tail = new byte[noise.length - 18];
      random.nextBytes(tail);
      System.arraycopy(tail, 0, noise, 18, tail.length);
      assertThat(refusal(node(), CHANNEL, noise)).isEqualTo(Reason.MALFORMED);
    }
  }
}
