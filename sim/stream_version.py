"""The version of the streams of chance, part of every address: another one draws other citizens."""

STREAM_VERSION = 2
