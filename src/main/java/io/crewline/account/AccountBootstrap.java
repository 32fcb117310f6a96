package io.crewline.account;

import io.crewline.platform.Database;
import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.context.event.StartupEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that somebody can log in: the first administrator of a new installation and, if asked
 * for, the demo users {@code dave} (manager) and {@code ada} (member). Runs at the start of a node,
 * before its port opens, and then publishes {@link AccountsReady}. Accounts that exist are left as
 * they are; of several nodes that start at once, one creates them.
 */
@Singleton
public class AccountBootstrap {
  private static final Logger LOG = LoggerFactory.getLogger(AccountBootstrap.class);
  private static final String DEMO_PASSWORD = "demo-password";

  private final Database database;
  private final AccountRepository accounts;
  private final AccountService accountService;
  private final PasswordHasher hasher;
  private final Settings settings;
  private final Ids ids;
  private final ApplicationEventPublisher<AccountsReady> ready;

  AccountBootstrap(
      Database database,
      AccountRepository accounts,
      AccountService accountService,
      PasswordHasher hasher,
      Settings settings,
      Ids ids,
      ApplicationEventPublisher<AccountsReady> ready) {
    this.database = database;
    this.accounts = accounts;
    this.accountService = accountService;
    this.hasher = hasher;
    this.settings = settings;
    this.ids = ids;
    this.ready = ready;
  }

  @EventListener
  void onStartup(StartupEvent event) {
    run();
  }

  /** Creates what is missing; may be called again at any time. */
  public void run() {
    String printed = database.transaction(() -> createMissing());
    if (!printed.isEmpty()) {
      // On the console and nowhere else: logs are kept and shipped.
      System.out.printf(
          "%nThe first administrator is %s with the password %s (shown this once)%n",
          settings.adminUsername(), printed);
    }
    ready.publishEvent(new AccountsReady(settings.demo()));
  }

  /** Returns the password that has to be shown, or an empty string. */
  private String createMissing() {
    accounts.lockBootstrap();
    String printed = "";
    if (!accounts.anyAdmin()) {
      String given = settings.adminPassword();
      String password = given == null ? ids.random() : given;
      String fault = Passwords.fault(password, settings.adminUsername());
      if (fault != null) {
        LOG.warn(
            "CREWLINE_ADMIN_PASSWORD {}: choose another one before others can guess it", fault);
      }
      if (create(settings.adminUsername(), "Administrator", Role.ADMIN, password)
          && given == null) {
        printed = password;
      }
    }
    if (settings.demo()) {
      create("dave", "Dave", Role.MANAGER, DEMO_PASSWORD);
      create("ada", "Ada", Role.MEMBER, DEMO_PASSWORD);
    }
    return printed;
  }

  private boolean create(String username, String displayName, Role role, String password) {
    return accounts.find(username).isEmpty()
        && accountService.create(username, displayName, role, hasher.hash(password), false);
  }
}
