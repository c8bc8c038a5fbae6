package io.tcc.architecture.planted.rooms.engine.drive;

public class InnocentDriver {}
