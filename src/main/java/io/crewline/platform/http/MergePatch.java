package io.crewline.platform.http;

/** The JSON merge patch (RFC 7396), which every PATCH takes beside plain JSON. */
public final class MergePatch {
  /** Its media type. */
  public static final String MEDIA_TYPE = "application/merge-patch+json";

  private MergePatch() {}
}
