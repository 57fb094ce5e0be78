package userpool

import (
	"slices"
	"strconv"
)

// TopLevel is the highest level of assurance. Level 1 is the lowest.
const TopLevel = 4

// DefaultLevel returns the name of a level that the pool's owner has not named.
// Cognito: "Step-up authentication".
func DefaultLevel(level int) string { return "urn:cognito:loa:" + strconv.Itoa(level) }

// HasLevels reports whether tokens of the pool say how their users signed in, and
// clients can ask for more.
func (s *Settings) HasLevels() bool { return len(s.Levels) == TopLevel }

// LevelName returns the name of a level; "" for 0, and in a pool without levels.
func (s *Settings) LevelName(level int) string {
	if level < 1 || !s.HasLevels() {
		return ""
	}
	return s.Levels[level-1]
}

// LevelNamed returns the level with that name, or 0.
func (s *Settings) LevelNamed(name string) int { return slices.Index(s.Levels, name) + 1 }

// checkLevels refuses names of which one would mean two levels. Cognito:
// AcrConfiguration.
func (s *Settings) checkLevels() error {
	for i, name := range s.Levels {
		if slices.Contains(s.Levels[:i], name) {
			return ErrSettings.Saying("AcrConfiguration: the name %s stands for two levels.", name)
		}
	}
	return nil
}
