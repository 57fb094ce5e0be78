package srp

import (
	"crypto/subtle"
	"encoding/binary"
	"math/big"
	"math/bits"
	"sync"
)

// This file computes powers of g with a secret exponent of 256 bits: g^b for every
// challenge and g^x for every password. Each of the exponent's 64 digits to the
// base 16 selects a factor from a table of its own. There are no squarings, so it
// takes about half the time of math/big. Neither the multiplications nor the
// addresses that are read depend on the exponent.

const (
	limbs    = size / 8
	digits   = 64 // of an exponent
	perDigit = 16
)

// element is a number mod N in Montgomery form (n·2^3072 mod N), lowest limb
// first.
type element [limbs]uint64

// modulus is N, lowest limb first. Its lowest limb is 2^64−1. So −1/N mod 2^64,
// the factor of a Montgomery reduction, is 1, and needs no multiplication.
var modulus = limbsOf(prime)

// factors returns the table: factors()[i][d] is g^(d·16^i). It is made at the
// first use, in a few milliseconds, and takes 393 kB.
var factors = sync.OnceValue(func() *[digits][perDigit]element {
	var table [digits][perDigit]element
	step := toMontgomery(generator) // g^(16^i)
	for i := range table {
		table[i][0] = toMontgomery(big.NewInt(1))
		for d := 1; d < perDigit; d++ {
			table[i][d].multiply(&table[i][d-1], &step)
		}
		step.multiply(&table[i][perDigit-1], &step)
	}
	return &table
})

// power returns g^e mod N for a secret e. For an exponent of more than 256 bits,
// which only [Client] has, it is slower and does not run in constant time.
func power(e *big.Int) *big.Int {
	if e.BitLen() > 4*digits {
		return new(big.Int).Exp(generator, e, prime)
	}
	var exponent [digits / 2]byte
	e.FillBytes(exponent[:])
	table := factors()
	product, factor := table[0][0], element{}
	for i := range digits {
		digit := exponent[len(exponent)-1-i/2] >> (4 * (i % 2)) & 15
		factor.pick(&table[i], int(digit))
		product.multiply(&product, &factor)
	}
	return product.toInt()
}

// pick sets z to row[d]. It reads the whole row.
func (z *element) pick(row *[perDigit]element, d int) {
	*z = element{}
	for i := range row {
		mask := -uint64(subtle.ConstantTimeEq(int32(i), int32(d)))
		for j := range z {
			z[j] |= row[i][j] & mask
		}
	}
}

// multiply sets z to x·y·2^−3072 mod N, by Montgomery's multiplication with a
// reduction after each limb. z may be x or y.
func (z *element) multiply(x, y *element) {
	var t element
	var top uint64 // the limb above t: 0 or 1
	for _, xi := range x {
		hi, lo := bits.Mul64(xi, y[0])
		lo, c := bits.Add64(lo, t[0], 0)
		productCarry := hi + c
		m := lo // times 1, see modulus
		hi, n := bits.Mul64(m, modulus[0])
		_, c = bits.Add64(n, lo, 0)
		reduceCarry := hi + c
		for j := 1; j < limbs; j++ {
			hi, lo = bits.Mul64(xi, y[j])
			lo, c = bits.Add64(lo, t[j], 0)
			hi += c
			lo, c = bits.Add64(lo, productCarry, 0)
			productCarry = hi + c

			hi, n = bits.Mul64(m, modulus[j])
			n, c = bits.Add64(n, lo, 0)
			hi += c
			n, c = bits.Add64(n, reduceCarry, 0)
			reduceCarry = hi + c
			t[j-1] = n
		}
		lo, c = bits.Add64(productCarry, reduceCarry, 0)
		t[limbs-1], top = bits.Add64(lo, top, 0)
		top += c
	}
	t.reduceOnce(top)
	*z = t
}

// reduceOnce subtracts N from the number top·2^3072 + z if that is at least N.
func (z *element) reduceOnce(top uint64) {
	var less element
	var borrow uint64
	for i := range z {
		less[i], borrow = bits.Sub64(z[i], modulus[i], borrow)
	}
	_, borrow = bits.Sub64(top, 0, borrow)
	keep := -borrow // all ones where the difference is negative
	for i := range z {
		z[i] = z[i]&keep | less[i]&^keep
	}
}

func toMontgomery(n *big.Int) element {
	shifted := new(big.Int).Lsh(n, 64*limbs)
	return limbsOf(shifted.Mod(shifted, prime))
}

func (z *element) toInt() *big.Int {
	var plain element
	plain.multiply(z, &element{1})
	var b [size]byte
	for i, limb := range plain {
		binary.BigEndian.PutUint64(b[size-8*(i+1):], limb)
	}
	return new(big.Int).SetBytes(b[:])
}

func limbsOf(n *big.Int) element {
	var b [size]byte
	n.FillBytes(b[:])
	var e element
	for i := range e {
		e[i] = binary.BigEndian.Uint64(b[size-8*(i+1):])
	}
	return e
}
