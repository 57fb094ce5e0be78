package foreignhash

// What a hash may cost, so that a check takes about a second and 256 MiB at most.
// The limits are far above what the systems do that these hashes come from.
const (
	maxBcryptCost       = 14        // 2^14 rounds
	maxMemory           = 256 << 20 // of Argon2 and scrypt, in bytes
	maxArgonPasses      = 16
	maxArgonWork        = 1 << 30 // memory × passes, in bytes
	maxParallel         = 16
	maxScryptWork       = 1 << 22 // N × r × p
	maxScryptBlocks     = 1 << 12 // r × p: what is worked on and kept beside the N blocks
	maxPBKDF2Iterations = 2_000_000
	minSum, maxSum      = 16, 128 // bytes
	maxSalt             = 256     // bytes
	maxText             = 1024    // bytes
)

func refused(format string, args ...any) error {
	return ErrHash.Saying("The password hash "+format+".", args...)
}
