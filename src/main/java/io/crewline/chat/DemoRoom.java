package io.crewline.chat;

import io.crewline.account.AccountService;
import io.crewline.account.AccountsReady;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.util.Map;

/** The room of the demo: {@code messaging:general} with {@code dave} and {@code ada}. */
@Singleton
final class DemoRoom {
  private final RoomService rooms;
  private final AccountService accounts;

  DemoRoom(RoomService rooms, AccountService accounts) {
    this.rooms = rooms;
    this.accounts = accounts;
  }

  @EventListener
  void create(AccountsReady ready) {
    if (ready.demo()) {
      try {
        rooms.create(
            accounts.identify("dave"),
            new Cid("messaging", "general"),
            "General",
            false,
            new Invited(Map.of("ada", "members[0]")));
      } catch (ApiException e) {
        if (e.code() != ErrorCode.CONFLICT) {
          throw e;
        }
      }
    }
  }
}
