package io.tcc.architecture.planted.rooms.warehouse;

public class GuiltyShelf {}
