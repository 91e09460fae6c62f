"""Which suffixes files of images and sounds have."""

from __future__ import annotations

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
SOUNDS = (".wav",)
PICTURES = (".heic", ".heif", ".avif", ".jp2", ".jxl", ".svg", ".psd", ".raw", ".cr2", ".nef", ".arw", ".dng")
MUSIC = (".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma")
FILMS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
UNREADABLE = frozenset((*PICTURES, *MUSIC, *FILMS))  # what a person may think can be read
