package io.crewline.attachment;

/** Examples of the OpenAPI document. A test holds each against its schema. */
final class AttachmentExamples {
  static final String ATTACHMENT =
      """
      {
        "id": 12,
        "url": "/api/attachments/12",
        "thumbnailUrl": "/api/attachments/12/thumbnail",
        "contentType": "image/jpeg",
        "width": 4032,
        "height": 3024,
        "bytes": 2813440,
        "name": "pump.jpg"
      }
      """;

  private AttachmentExamples() {}
}
