package io.crewline.realtime;

import io.crewline.account.Identity;

/** A field that a feature adds to the {@code connected} reply, such as {@code unread}. */
public interface ConnectedField {
  String name();

  /** A serializable value. May block. */
  Object value(Identity identity);
}
