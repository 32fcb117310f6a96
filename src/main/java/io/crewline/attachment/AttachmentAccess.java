package io.crewline.attachment;

import io.crewline.account.Identity;
import io.crewline.attachment.AttachmentRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.util.List;

/** Who may read which attachment. */
@Singleton
final class AttachmentAccess {
  private final AttachmentRepository attachments;
  private final Database database;
  private final List<AttachmentAuthorizer> authorizers;

  AttachmentAccess(
      AttachmentRepository attachments, Database database, List<AttachmentAuthorizer> authorizers) {
    this.attachments = attachments;
    this.database = database;
    this.authorizers = authorizers;
  }

  /**
   * An attachment for its reader: a pending one for its uploader, another for those whom its
   * owner's feature lets read.
   *
   * @throws ApiException NOT_FOUND if there is none that the caller may read
   */
  Row require(Identity caller, long id) {
    Row row =
        database
            .transaction(() -> attachments.find(id))
            .orElseThrow(() -> ApiException.notFound("attachment"));
    Owner owner = row.owner();
    boolean readable =
        owner == null
            ? row.isPendingOf(caller.username())
            : authorizers.stream()
                .filter(each -> each.kind().equals(owner.kind()))
                .anyMatch(each -> each.mayRead(caller, owner.id()));
    if (!readable) {
      throw ApiException.notFound("attachment");
    }
    return row;
  }
}
