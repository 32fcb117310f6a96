/** Durations in nanoseconds, in buckets about 3 % wide. One thread writes. */
final class Histogram {
  private static final int SUB = 5;

  private final long[] counts = new long[64 << SUB];
  private long count;
  private long max;

  void record(long nanos) {
    long value = Math.max(1, nanos);
    counts[bucket(value)]++;
    count++;
    max = Math.max(max, value);
  }

  void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    max = Math.max(max, other.max);
  }

  /** In milliseconds: the upper end of the bucket that the quantile falls into. */
  double millis(double quantile) {
    long rank = (long) Math.ceil(quantile * count);
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank && seen > 0) {
        return Math.min(max, upperEnd(i)) / 1e6;
      }
    }
    return 0;
  }

  long count() {
    return count;
  }

  private static int bucket(long value) {
    int exponent = 63 - Long.numberOfLeadingZeros(value);
    if (exponent <= SUB) {
      return (int) value;
    }
    int sub = (int) (value >>> (exponent - SUB)) & ((1 << SUB) - 1);
    return (exponent << SUB) + sub;
  }

  private static long upperEnd(int bucket) {
    int exponent = bucket >>> SUB;
    if (exponent <= SUB) {
      return bucket;
    }
    long sub = bucket & ((1 << SUB) - 1);
    return ((1L << SUB) + sub + 1) << (exponent - SUB);
  }
}
