package io.crewline.attachment;

import io.crewline.attachment.AttachmentRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores images and knows what they belong to.
 *
 * <p>Guarantee: an attachment that is seen has its files; what a cut upload or a dead node leaves
 * is removed by the next round of cleaning. Thread-safe.
 */
@Singleton
public final class AttachmentService {
  private final Intake intake;
  private final AttachmentRepository attachments;
  private final Database database;
  private final Clock clock;

  AttachmentService(
      Intake intake, AttachmentRepository attachments, Database database, Clock clock) {
    this.intake = intake;
    this.attachments = attachments;
    this.database = database;
    this.clock = clock;
  }

  /**
   * Reads an upload to its end and stores it: pending, until it is linked. Blocks; must not be
   * called inside a transaction.
   *
   * @param uploader the username of who may see and use it while it is pending; null when it is
   *     linked by the same call, and for those without an account
   * @throws ApiException TOO_LARGE over the limits of bytes or pixels; UNSUPPORTED_MEDIA_TYPE when
   *     it is no image that is accepted, or not what it says it is; BAD_REQUEST when the form has
   *     no part {@code file} or ends early; RATE_LIMITED when the uploader has too many pending
   */
  public Attachment store(Upload upload, @Nullable String uploader) {
    return store(upload, uploader, Supplier::get);
  }

  /**
   * As {@link #store(Upload, String)}, for a caller that commits something together with it.
   *
   * @param commit runs what it is given, after which the attachment can be seen; that joins the
   *     caller's transaction
   */
  <R> R store(Upload upload, @Nullable String uploader, Function<Supplier<Attachment>, R> commit) {
    return intake.take(upload, uploader, commit);
  }

  /**
   * Makes a pending attachment belong to an owner; joins the caller's transaction.
   *
   * @throws ApiException NOT_FOUND if it does not exist or is linked already
   */
  public void link(long attachmentId, Owner owner) {
    database.transaction(
        () -> {
          if (attachments.link(owner.kind(), List.of(attachmentId), List.of(owner.id())) != 1) {
            throw ApiException.notFound("attachment");
          }
        });
  }

  /** What may be linked, and by whom. */
  public record Pending(Attachment attachment, @Nullable String uploader) {}

  /**
   * Of the ids those that are pending; they stay so until the caller's transaction ends, or links
   * them.
   */
  public Map<Long, Pending> lockPending(Collection<Long> ids) {
    Map<Long, Pending> pending = new HashMap<>();
    for (Row row : attachments.lockPending(ids)) {
      pending.put(row.attachment().id(), new Pending(row.attachment(), row.uploader()));
    }
    return pending;
  }

  /**
   * Links each attachment to the owner of the same place in the list; joins the caller's
   * transaction, in which {@link #lockPending} has found all of them.
   */
  public void linkAll(String kind, List<Long> ids, List<String> ownerIds) {
    if (attachments.link(kind, ids, ownerIds) != ids.size()) {
      throw new IllegalStateException("an attachment is not pending any more");
    }
  }

  /** The attachments of an owner, in the order of linking. */
  public List<Attachment> of(Owner owner) {
    return of(owner.kind(), List.of(owner.id())).getOrDefault(owner.id(), List.of());
  }

  /** The attachments of several owners of one kind, by the owner's id. */
  public Map<String, List<Attachment>> of(String kind, Collection<String> ownerIds) {
    Map<String, List<Attachment>> found = new HashMap<>();
    database.transaction(
        () -> {
          for (Row row : attachments.of(kind, ownerIds)) {
            Owner owner = row.owner();
            if (owner != null) {
              found.computeIfAbsent(owner.id(), id -> new ArrayList<>()).add(row.attachment());
            }
          }
        });
    return found;
  }

  /** One attachment, whoever may see it. */
  public Optional<Attachment> find(long id) {
    return database.transaction(() -> attachments.find(id).map(Row::attachment));
  }

  /** The owner is deleted: nobody sees its attachments any more. Joins the caller's transaction. */
  public void unlink(Owner owner) {
    unlinkAll(owner.kind(), List.of(owner.id()));
  }

  /** As {@link #unlink}, for several owners of one kind. */
  public void unlinkAll(String kind, Collection<String> ownerIds) {
    database.transaction(() -> attachments.unlink(kind, ownerIds, now()));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
