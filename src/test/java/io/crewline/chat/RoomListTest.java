package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.RowsRead;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of rooms in a place where most rooms are private ones of others. */
final class RoomListTest {
  private static final int FOREIGN = 100_000;
  private static final int OWN = 30;
  private static final int PUBLIC = 30;

  private static Crewline node;
  private static Database database;
  private static RoomService rooms;
  private static Person ada;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    database = node.context().getBean(Database.class);
    rooms = node.context().getBean(RoomService.class);
    ada = Person.member(node, "ada");
    Person.member(node, "dave");
    insert("m", FOREIGN, true, "dave");
    insert("z-mine", OWN, true, "ada");
    insert("z-public", PUBLIC, false, "dave");
    insert("z-joined", 1, false, "ada");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void insert(String prefix, int count, boolean isPrivate, String member) {
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO room (cid, type, id, name, private, created_by, created_at)
              SELECT 'messaging:' || ? || '-' || i, 'messaging', ? || '-' || i, 'x', ?, ?, now()
              FROM generate_series(1, ?) i
              """,
              prefix,
              prefix,
              isPrivate,
              member,
              count);
          database.update(
              """
              INSERT INTO room_member (cid, username, owner, read_seq, joined_at)
              SELECT 'messaging:' || ? || '-' || i, ?, true, 0, now()
              FROM generate_series(1, ?) i
              """,
              prefix,
              member,
              count);
        });
  }

  @Test
  void everyRoomOfOnesOwnAndEveryPublicOneIsThereOnceInOrder() {
    List<String> all = new ArrayList<>();
    String path = "/api/rooms?limit=7";
    String cursor = "";
    while (!cursor.equals("null")) {
      var page = ada.get(path + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
      for (Object room : (List<?>) page.field("items")) {
        all.add(String.valueOf(((java.util.Map<?, ?>) room).get("cid")));
      }
      cursor = page.text("nextCursor");
    }
    assertThat(all).isSorted().doesNotHaveDuplicates().hasSize(OWN + PUBLIC + 1);
    assertThat(all).noneMatch(cid -> cid.startsWith("messaging:m-"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPageReadsFewEntriesHoweverManyRoomsOthersHave(boolean analyzed) {
    if (analyzed) {
      database.transaction(() -> database.update("ANALYZE room, room_member"));
    }
    Identity caller = node.context().getBean(AccountService.class).identifyOrCreate("ada");
    long read =
        database.transaction(
            () -> {
              long before = read();
              assertThat(rooms.list(caller, "", 51)).hasSize(51);
              return read() - before;
            });
    assertThat(read).isLessThan(1000);
  }

  private static long read() {
    return RowsRead.of(database, "room") + RowsRead.of(database, "room_member");
  }
}
