package io.tcc.architecture.planted.reach.log;

public class Ledger {}
