package io.tcc.architecture.planted.strangers.protocol.tcc;

public class Reservation {}
