package io.crewline.platform.http;

import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.enums.SecuritySchemeType;
import io.swagger.v3.oas.annotations.info.Info;
import io.swagger.v3.oas.annotations.info.License;
import io.swagger.v3.oas.annotations.security.SecurityRequirement;
import io.swagger.v3.oas.annotations.security.SecurityScheme;
import io.swagger.v3.oas.annotations.servers.Server;

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
                `{items, nextCursor}`. Times are RFC 3339 in UTC. A trailing slash is accepted.
                """,
            license =
                @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0")),
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
