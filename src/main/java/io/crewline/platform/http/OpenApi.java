package io.crewline.platform.http;

import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.enums.SecuritySchemeType;
import io.swagger.v3.oas.annotations.info.Info;
import io.swagger.v3.oas.annotations.info.License;
import io.swagger.v3.oas.annotations.security.SecurityRequirement;
import io.swagger.v3.oas.annotations.security.SecurityScheme;
import io.swagger.v3.oas.annotations.servers.Server;
import io.swagger.v3.oas.annotations.tags.Tag;

/** The head of the OpenAPI document, which the compiler generates from the controllers. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Crewline",
            version = "0.1.0",
            description =
                """
                Rooms, messages, live tasks, confirmations and notifications of a Crewline node.
                Errors are problems of RFC 9457. Lists page by cursor: `?limit=&cursor=` gives
                `{items, nextCursor}`; a cursor is opaque. Times are RFC 3339 in UTC. A trailing slash
                is accepted. Bodies are JSON in UTF-8 of at most 1 MB; fields that are not known are
                ignored. A text counts Unicode code points, is not blank where it is required, and has
                no control characters but line feed and tab. What happens is told as events on `/ws`
                (see `/asyncapi.yml`) and on `/api/events`.
                """,
            license =
                @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0")),
    tags = {
      @Tag(name = "Tokens", description = "Login and logout"),
      @Tag(name = "Me", description = "The caller's own account"),
      @Tag(name = "Users", description = "Accounts, for administrators"),
      @Tag(name = "Rooms", description = "Rooms and their members"),
      @Tag(name = "Messages", description = "Messages, read positions and unread counts"),
      @Tag(name = "Tasks", description = "Tasks, their notes and images"),
      @Tag(name = "Systems", description = "The things that tasks are about"),
      @Tag(name = "Employees", description = "The people who do tasks"),
      @Tag(name = "Attachments", description = "Images: uploads, downloads and links")
    },
    servers = @Server(url = "/", description = "This node"),
    security = @SecurityRequirement(name = "bearer"))
@SecurityScheme(
    name = "bearer",
    type = SecuritySchemeType.HTTP,
    scheme = "bearer",
    bearerFormat = "JWT",
    description = "The access token of POST /api/token")
final class OpenApi {
  private OpenApi() {}
}
