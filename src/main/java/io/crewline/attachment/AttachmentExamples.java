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

  static final String LINK =
      """
      {
        "url": "/attachments/12?exp=1772366400&sig=Zm9yIGV4YW1wbGU",
        "thumbnailUrl": "/attachments/12/thumbnail?exp=1772366400&sig=YW5vdGhlciBvbmU",
        "expiresAt": "2026-03-01T12:00:00Z"
      }
      """;

  private AttachmentExamples() {}
}
