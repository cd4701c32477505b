"""Outlines that several drawn objects share, in units from 0 to 100."""

import numpy as np

from helpers.drawings.canvas import Generator, Points, mirrored, spline


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> np.ndarray:
    """Corners of a rectangle with round corners."""
    turn = np.linspace(0, np.pi / 2, 5)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    low, high = np.array([right - radius, bottom - radius]), np.array([left + radius, top + radius])
    return np.concatenate(
        [
            arc + low,
            arc[::-1] * (-1, 1) + (high[0], low[1]),
            -arc + high,
            arc[::-1] * (1, -1) + (low[0], high[1]),
        ]
    )


def turned(profile: Points, axis: float = 50.0, *, smooth: bool = True) -> np.ndarray:
    """Closed outline of something round about an upright axis, from (half width, y), downwards."""
    profile = np.asarray(profile, dtype=float)
    right = (spline(profile, samples=5) if smooth else profile) + (axis, 0)
    return np.concatenate([right, mirrored(right, axis)[::-1]])


def arc(
    centre, radius_x: float, radius_y: float, start: float, end: float, *, points: int = 16
) -> np.ndarray:
    """Part of an ellipse between two angles in degrees: 0 is right, 90 is down."""
    turn = np.deg2rad(np.linspace(start, end, points))
    return np.stack([centre[0] + radius_x * np.cos(turn), centre[1] + radius_y * np.sin(turn)], axis=1)


def rotated(points: Points, degrees: float, about=(0.0, 0.0)) -> np.ndarray:
    """Points turned clockwise about another."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return (np.asarray(points, dtype=float) - about) @ np.array([[cos, sin], [-sin, cos]]) + about


def star(centre, size: float, *, tips: int = 5, inner: float = 0.42) -> np.ndarray:
    """Star with some tips, the first one up."""
    turn = np.arange(2 * tips) * (np.pi / tips) - np.pi / 2
    radius = size * np.where(np.arange(2 * tips) % 2, inner, 1)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1) + np.asarray(centre)


def blob(rng: Generator, centre, radius_x: float, radius_y: float, *, rough: float = 0.1, corners: int = 9):
    """Round outline with random dents, (5 * corners, 2)."""
    turn = np.arange(corners) * (2 * np.pi / corners) + rng.uniform(0, 6)
    reach = 1 + rng.uniform(-rough, rough, corners)
    points = np.stack([radius_x * reach * np.cos(turn), radius_y * reach * np.sin(turn)], axis=1)
    return spline(points + np.asarray(centre), samples=5, closed=True)
