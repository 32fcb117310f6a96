package io.crewline.attachment;

/**
 * What an attachment belongs to.
 *
 * @param kind as its {@link AttachmentAuthorizer} says, such as {@code task} or {@code message}
 * @param id of the owner, among those of its kind
 */
public record Owner(String kind, String id) {
  public static Owner of(String kind, long id) {
    return new Owner(kind, Long.toString(id));
  }
}
