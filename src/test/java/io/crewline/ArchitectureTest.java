package io.crewline;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may know whom. Packages that do not exist yet break no rule. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ArchitectureTest {
  private static final String ROOT = "io.crewline";
  private static final List<String> LAYERS =
      List.of("platform", "account", "journal", "realtime", "gateway");
  private static final List<String> FEATURES =
      List.of("chat", "task", "confirmation", "notification", "attachment", "webhook");

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void platformKnowsNothingOfOurs() {
    mayKnow("platform", "platform");
  }

  @Test
  void accountAndJournalKnowOnlyPlatform() {
    mayKnow("account", "account", "platform");
    mayKnow("journal", "journal", "platform");
  }

  @Test
  void realtimeKnowsOnlyWhatIsBelowIt() {
    mayKnow("realtime", "realtime", "journal", "account", "platform");
  }

  @Test
  void gatewaysNeverKnowFeatures() {
    mayKnow("gateway", "gateway", "realtime", "journal", "account", "platform");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "task", "confirmation", "notification", "attachment", "webhook"})
  void featuresNeverKnowGateways(String feature) {
    List<String> allowed = new ArrayList<>(FEATURES);
    allowed.addAll(List.of("realtime", "journal", "account", "platform"));
    mayKnow(feature, allowed.toArray(String[]::new));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
  }

  /** Threads of a shared pool do not know that whoever waits for them is inside a transaction. */
  @Test
  void workIsHandedToNamedExecutorsOnly() {
    noClasses()
        .should()
        .callMethod(CompletableFuture.class, "supplyAsync", Supplier.class)
        .orShould()
        .callMethod(CompletableFuture.class, "runAsync", Runnable.class)
        .check(classes);
  }

  @Test
  void onlyTheRedisBroadcasterKnowsLettuce() {
    noClasses()
        .that(resideInAPackage(ROOT + "..").and(not("realtime.redis")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.lettuce..", "io.micronaut.configuration.lettuce..")
        .check(classes);
  }

  @Test
  void onlyGatewaysKnowNettyAndWebSockets() {
    noClasses()
        .that(resideInAPackage(ROOT + "..").and(not("gateway")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "io.netty..", "io.micronaut.websocket..", "io.micronaut.http.server.netty.."))
        .check(classes);
  }

  @Test
  void everyPackageSaysWhatItIsFor() throws ClassNotFoundException {
    Set<String> packages = new TreeSet<>();
    classes.forEach(each -> packages.add(each.getPackageName()));
    assertThat(packages).contains(ROOT, ROOT + ".platform");
    for (String each : packages) {
      Class<?> info = Class.forName(each + ".package-info");
      assertThat(info.isAnnotationPresent(NullMarked.class)).describedAs(each).isTrue();
    }
  }

  @Test
  void everyPackageHasItsPlace() {
    Set<String> known = new TreeSet<>(LAYERS);
    known.addAll(FEATURES);
    for (JavaClass each : classes) {
      String rest = each.getPackageName().substring(ROOT.length());
      if (!rest.isEmpty()) {
        assertThat(known).describedAs(each.getName()).contains(rest.substring(1).split("\\.")[0]);
      }
    }
  }

  private void mayKnow(String who, String... whom) {
    String[] allowed =
        Arrays.stream(whom).map(each -> ROOT + "." + each + "..").toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(ROOT + "." + who + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "..").and(DescribedPredicate.not(resideInAnyPackage(allowed))))
        .allowEmptyShould(true)
        .check(classes);
  }

  private static DescribedPredicate<JavaClass> not(String name) {
    return DescribedPredicate.not(resideInAPackage(ROOT + "." + name + ".."));
  }
}
