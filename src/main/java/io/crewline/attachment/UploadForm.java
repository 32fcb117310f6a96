package io.crewline.attachment;

import io.micronaut.core.annotation.Introspected;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * The form that an upload sends; only for the API documents.
 *
 * @param file a JPEG, PNG, WebP or GIF image
 */
@Introspected
@Schema(name = "UploadForm")
public record UploadForm(
    @Schema(type = "string", format = "binary", requiredMode = Schema.RequiredMode.REQUIRED)
        String file) {}
