package io.crewline.account;

import java.util.List;

/**
 * Display name or role of an account, or whether it is disabled, has changed. Published inside the
 * transaction that changes it.
 *
 * @param identity the user after the change
 * @param changed some of {@code name}, {@code role} and {@code disabled}; not empty
 */
public record AccountChanged(Identity identity, boolean disabled, List<String> changed) {}
