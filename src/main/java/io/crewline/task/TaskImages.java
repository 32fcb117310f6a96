package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.attachment.Attachment;
import io.crewline.attachment.AttachmentAuthorizer;
import io.crewline.attachment.AttachmentService;
import io.crewline.attachment.Owner;
import io.crewline.platform.ApiException;
import io.crewline.task.TaskRepository.ImageLink;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the attachments of tasks look like. */
@Singleton
final class TaskImages {
  static final String KIND = "task";

  private final AttachmentService attachments;

  TaskImages(AttachmentService attachments) {
    this.attachments = attachments;
  }

  /** Lets those who see a task load its images. */
  @Singleton
  static final class Access implements AttachmentAuthorizer {
    private final TaskService tasks;

    Access(TaskService tasks) {
      this.tasks = tasks;
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public boolean mayRead(Identity identity, String ownerId) {
      return tasks.maySee(identity, Long.parseLong(ownerId));
    }
  }

  /** The images behind links, by task. */
  Map<Long, List<TaskImage>> show(Map<Long, List<ImageLink>> links) {
    Map<Long, Attachment> known = new HashMap<>();
    attachments
        .of(KIND, links.keySet().stream().map(String::valueOf).toList())
        .values()
        .forEach(list -> list.forEach(attachment -> known.put(attachment.id(), attachment)));
    Map<Long, List<TaskImage>> shown = new HashMap<>();
    links.forEach(
        (id, ofTask) -> {
          List<TaskImage> images = new ArrayList<>(ofTask.size());
          for (ImageLink link : ofTask) {
            Attachment attachment = known.get(link.id());
            if (attachment != null) {
              images.add(image(attachment, link.by(), link.createdAt()));
            }
          }
          shown.put(id, images);
        });
    return shown;
  }

  /** An attachment that becomes an image of a task. */
  TaskImage image(long attachmentId, Actor by, Instant at) {
    return attachments
        .find(attachmentId)
        .map(attachment -> image(attachment, by, at))
        .orElseThrow(() -> ApiException.notFound("attachment"));
  }

  private static TaskImage image(Attachment attachment, Actor by, Instant at) {
    return new TaskImage(
        attachment.id(),
        attachment.url(),
        attachment.thumbnailUrl(),
        attachment.contentType(),
        attachment.width(),
        attachment.height(),
        attachment.bytes(),
        by,
        at);
  }

  /** Lets the attachment belong to the task. */
  void link(long attachmentId, long taskId) {
    attachments.link(attachmentId, Owner.of(KIND, taskId));
  }

  /** One image of a task is gone, and only the others are linked from now on. */
  void keepOnly(long taskId, List<TaskImage> others) {
    attachments.unlink(Owner.of(KIND, taskId));
    attachments.linkAll(
        KIND,
        others.stream().map(TaskImage::id).toList(),
        others.stream().map(other -> Long.toString(taskId)).toList());
  }

  /** The tasks are gone, and nobody sees their images any more. */
  void unlink(List<Long> taskIds) {
    attachments.unlinkAll(KIND, taskIds.stream().map(String::valueOf).toList());
  }
}
