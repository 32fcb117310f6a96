package io.crewline.attachment;

import java.io.InputStream;

/** The body of an answer that is read while it is sent; its length is told beforehand. */
record FileBytes(InputStream stream, long length) {}
