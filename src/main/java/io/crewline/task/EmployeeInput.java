package io.crewline.task;

import io.crewline.account.Usernames;
import io.crewline.platform.JsonInput;
import io.micronaut.json.tree.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants an employee to be.
 *
 * @param named the fields to be set; the values of the others mean nothing
 */
record EmployeeInput(
    Set<String> named,
    String name,
    @Nullable String username,
    @Nullable String email,
    @Nullable String phone,
    @Nullable String locale) {
  static final int NAME_LENGTH = 200;
  private static final int EMAIL_LENGTH = 254;
  private static final int PHONE_LENGTH = 50;
  private static final int LOCALE_LENGTH = 35;
  private static final Pattern EMAIL = Pattern.compile("[^\\s@]+@[^\\s@]+");
  private static final Pattern PHONE = Pattern.compile("[0-9+()/. -]+");
  private static final List<String> FIELDS =
      List.of("name", "username", "email", "phone", "locale");

  /** A whole employee: what is absent is null. */
  static EmployeeInput whole(JsonNode body) {
    return read(new JsonInput(body), Set.copyOf(FIELDS));
  }

  /** A merge patch (RFC 7396): what is absent stays, null removes. */
  static EmployeeInput patch(JsonNode body) {
    JsonInput input = new JsonInput(body);
    Set<String> named = new LinkedHashSet<>(FIELDS);
    named.removeIf(name -> !input.has(name));
    input.keep("name");
    return read(input, named);
  }

  private static EmployeeInput read(JsonInput input, Set<String> named) {
    String name = named.contains("name") ? input.requiredText("name", NAME_LENGTH) : "";
    String username = input.optionalText("username", NAME_LENGTH);
    if (username != null && !Usernames.isValid(username)) {
      input.wrong("username", "is not the name of a user");
    }
    String email = input.optionalText("email", EMAIL_LENGTH);
    if (email != null && !EMAIL.matcher(email).matches()) {
      input.wrong("email", "must be an address such as ada@example.org");
    }
    String phone = input.optionalText("phone", PHONE_LENGTH);
    if (phone != null && !PHONE.matcher(phone).matches()) {
      input.wrong("phone", "must be a number such as +44 20 7946 0000");
    }
    String locale = input.optionalText("locale", LOCALE_LENGTH);
    if (locale != null && !isLocale(locale)) {
      input.wrong("locale", "must be a language tag such as de or pt-BR");
    }
    input.check();
    return new EmployeeInput(named, name, username, email, phone, locale);
  }

  private static boolean isLocale(String tag) {
    try {
      return !new Locale.Builder().setLanguageTag(tag).build().getLanguage().isEmpty();
    } catch (java.util.IllformedLocaleException e) {
      return false;
    }
  }

  /** The employee with the named fields set. */
  Employee over(Employee before) {
    return new Employee(
        before.id(),
        named.contains("name") ? name : before.name(),
        named.contains("username") ? username : before.username(),
        named.contains("email") ? email : before.email(),
        named.contains("phone") ? phone : before.phone(),
        named.contains("locale") ? locale : before.locale(),
        before.createdAt(),
        before.updatedAt());
  }
}
