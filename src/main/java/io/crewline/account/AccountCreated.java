package io.crewline.account;

/** A new account. Published inside the transaction that creates it. */
public record AccountCreated(String username) {}
