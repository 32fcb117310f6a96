package io.crewline.attachment;

import io.crewline.account.Identity;

/** Says who may read the attachments of one kind of owner. One bean for each kind. */
public interface AttachmentAuthorizer {
  /** The {@link Owner#kind} that it speaks for. */
  String kind();

  /**
   * Whether the user may read what belongs to this owner. Asked outside a transaction, for each
   * download.
   */
  boolean mayRead(Identity identity, String ownerId);
}
