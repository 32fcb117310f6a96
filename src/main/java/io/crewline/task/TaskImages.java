package io.crewline.task;

import io.crewline.task.TaskRepository.ImageLink;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What the attachments of tasks look like. */
@Singleton
final class TaskImages {
  /** The images behind links, by task. */
  Map<Long, List<TaskImage>> show(Map<Long, List<ImageLink>> links) {
    return links.isEmpty() ? Map.of() : Map.of();
  }

  /** An attachment that becomes an image of a task. */
  TaskImage image(long attachmentId, Actor by, Instant at) {
    throw new UnsupportedOperationException("soon " + attachmentId + by + at);
  }

  /** Lets the attachment belong to the task. */
  void link(long attachmentId, long taskId) {
    throw new UnsupportedOperationException("soon " + attachmentId + taskId);
  }
}
