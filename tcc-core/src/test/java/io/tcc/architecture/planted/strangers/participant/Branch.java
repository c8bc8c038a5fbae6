package io.tcc.architecture.planted.strangers.participant;

public class Branch {}
