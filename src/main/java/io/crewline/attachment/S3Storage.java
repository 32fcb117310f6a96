package io.crewline.attachment;

import io.crewline.platform.UploadSettings.Bucket;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Objects in a bucket of an S3-compatible store. */
final class S3Storage implements Storage {
  private final Bucket bucket;
  private final S3Client client;

  S3Storage(Bucket bucket) {
    this.bucket = bucket;
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(bucket.region()))
            .forcePathStyle(bucket.pathStyle())
            // Newer checksums are unknown to many stores that are compatible otherwise.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(
                each ->
                    each.apiCallTimeout(Duration.ofMinutes(2))
                        .apiCallAttemptTimeout(Duration.ofMinutes(1)))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(Duration.ofSeconds(5))
                    .socketTimeout(Duration.ofSeconds(30)));
    if (bucket.endpoint() != null) {
      builder.endpointOverride(bucket.endpoint());
    }
    if (bucket.accessKey() != null && bucket.secretKey() != null) {
      builder.credentialsProvider(
          StaticCredentialsProvider.create(
              AwsBasicCredentials.create(bucket.accessKey(), bucket.secretKey())));
    }
    this.client = builder.build();
  }

  @Override
  public void put(String key, Path file, String contentType) throws IOException {
    try {
      client.putObject(
          request ->
              request.bucket(bucket.name()).key(bucket.prefix() + key).contentType(contentType),
          RequestBody.fromFile(file));
    } catch (SdkException e) {
      throw failed(e);
    }
  }

  @Override
  public InputStream read(String key, long from, long length) throws IOException {
    try {
      return client.getObject(
          request ->
              request
                  .bucket(bucket.name())
                  .key(bucket.prefix() + key)
                  .range("bytes=" + from + "-" + (from + length - 1)));
    } catch (NoSuchKeyException e) {
      throw new NoSuchFileException(key);
    } catch (SdkException e) {
      throw failed(e);
    }
  }

  @Override
  public void remove(String key) throws IOException {
    try {
      client.deleteObject(request -> request.bucket(bucket.name()).key(bucket.prefix() + key));
    } catch (SdkException e) {
      throw failed(e);
    }
  }

  private IOException failed(SdkException cause) {
    return new IOException(bucket + " does not answer as it should: " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    client.close();
  }
}
