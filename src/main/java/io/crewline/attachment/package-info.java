/**
 * Attachments: images that are uploaded once and shown with a task or a message.
 *
 * <p>Start with {@link io.crewline.attachment.AttachmentService}. An upload is streamed to a file,
 * known by its content, freed of metadata and given a thumbnail; then it is stored, and pending
 * until a feature links it to what owns it. What is never linked, or loses its owner, is removed
 * after a day.
 *
 * <p>Who may read one is for the feature that owns it to say: it declares an {@link
 * io.crewline.attachment.AttachmentAuthorizer}, so that this package knows no other feature.
 *
 * <p>May depend on {@code account} and {@code platform}.
 */
@NullMarked
package io.crewline.attachment;

import org.jspecify.annotations.NullMarked;
