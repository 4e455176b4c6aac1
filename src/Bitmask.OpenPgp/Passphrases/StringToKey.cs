using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.OpenPgp.Passphrases;

/// <summary>How a passphrase becomes a key (RFC 9580 §3.7): what a packet says of it, and the doing.</summary>
internal abstract record StringToKey
{
    private const int SaltOctets = 8;
    private const int Argon2SaltOctets = 16;

    private StringToKey()
    {
    }

    /// <summary>Whether it makes guessing cheap; the standard forbids to write such (RFC 9580 §3.7.1, table 1).</summary>
    public bool IsWeak => this is Simple or Salted;

    /// <summary>What this writes: Argon2id with 64 MiB, three passes, four lanes, the second recommendation of RFC 9106 §4.</summary>
    public static StringToKey NewArgon2() => new Argon2(RandomNumberGenerator.GetBytes(Argon2SaltOctets), Passes: 3, Lanes: 4, MemoryExponent: 16);

    /// <summary>For readers who do not know Argon2 (gpg): 62 MiB of SHA-256.</summary>
    public static StringToKey NewIterated() => new Iterated(HashId.Sha256, RandomNumberGenerator.GetBytes(SaltOctets), CodedCount: 0xFF);

    /// <summary>Reads a specifier (RFC 9580 §3.7.1).</summary>
    /// <exception cref="OpenPgpFormatException">Not whole, or of a kind that is not known.</exception>
    public static StringToKey Read(ref OctetReader reader)
    {
        switch (reader.Octet())
        {
            case 0:
                return new Simple((HashId)reader.Octet());
            case 1:
                return new Salted((HashId)reader.Octet(), reader.Take(SaltOctets).ToArray());
            case 3:
                return new Iterated((HashId)reader.Octet(), reader.Take(SaltOctets).ToArray(), reader.Octet());
            case 4:
                return new Argon2(reader.Take(Argon2SaltOctets).ToArray(), reader.Octet(), reader.Octet(), reader.Octet());
            case 101:
                reader.Octet();
                return reader.Take(3).SequenceEqual("GNU"u8)
                    ? new NotHere(reader.Octet())
                    : throw new OpenPgpFormatException("The passphrase is turned into a key in a private way.");
            case var kind:
                throw new OpenPgpFormatException($"The passphrase is turned into a key in a way (number {kind}) that is not known.");
        }
    }

    /// <summary>Writes the specifier.</summary>
    public abstract void Write(OctetWriter writer);

    /// <summary>Makes the key; the caller disposes it.</summary>
    /// <param name="passphrase">As octets, UTF-8.</param>
    /// <param name="octets">Length of the key.</param>
    /// <param name="budget">What it may cost; what it costs is taken away from it.</param>
    /// <exception cref="OpenPgpFormatException">It would cost more than it may, or makes no sense.</exception>
    public abstract SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget);

    // More octets than a digest has come from further hashes, each begun with one more zero (RFC 9580 §3.7.1.1).
    private static SecretBytes Hash(HashId hash, int octets, Action<IncrementalHash> append)
    {
        var name = Algorithms.Name(hash) ?? throw new OpenPgpFormatException($"The passphrase is hashed with {Algorithms.Text(hash)}, which is not supported.");
        using var digest = IncrementalHash.CreateHash(name);
        var key = new SecretBytes(octets);
        Span<byte> made = stackalloc byte[digest.HashLengthInBytes];
        for (var (at, zeros) = (0, 0); at < octets; at += made.Length, zeros++)
        {
            digest.AppendData(new byte[zeros]);
            append(digest);
            digest.GetHashAndReset(made);
            made[..Math.Min(made.Length, octets - at)].CopyTo(key.Span[at..]);
        }

        CryptographicOperations.ZeroMemory(made);
        return key;
    }

    /// <summary>One hash of the passphrase; only read.</summary>
    public sealed record Simple(HashId HashId) : StringToKey
    {
        /// <inheritdoc/>
        public override void Write(OctetWriter writer) => throw new NotSupportedException("A key is not made without salt.");

        /// <inheritdoc/>
        public override SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget)
        {
            using var copy = new SecretBytes(passphrase);
            return Hash(HashId, octets, digest => digest.AppendData(copy.Span));
        }
    }

    /// <summary>One hash of salt and passphrase; only read.</summary>
    public sealed record Salted(HashId HashId, byte[] Salt) : StringToKey
    {
        /// <inheritdoc/>
        public override void Write(OctetWriter writer) => throw new NotSupportedException("A key is not made with a single hash.");

        /// <inheritdoc/>
        public override SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget)
        {
            using var copy = new SecretBytes(passphrase);
            return Hash(HashId, octets, digest =>
            {
                digest.AppendData(Salt);
                digest.AppendData(copy.Span);
            });
        }
    }

    /// <summary>Salt and passphrase again and again.</summary>
    public sealed record Iterated(HashId HashId, byte[] Salt, byte CodedCount) : StringToKey
    {
        private const int RunOctets = 16 * 1024;

        /// <summary>How many octets are hashed (RFC 9580 §3.7.1.3).</summary>
        public int Count => (16 + (CodedCount & 15)) << ((CodedCount >> 4) + 6);

        /// <inheritdoc/>
        public override void Write(OctetWriter writer) => writer.Octet(3).Octet((int)HashId).Octets(Salt).Octet(CodedCount);

        /// <inheritdoc/>
        public override SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget)
        {
            // Many rounds side by side, so that the hash is called seldom.
            var once = Salt.Length + passphrase.Length;
            using var run = new SecretBytes(once * Math.Max(1, RunOctets / once));
            for (var at = 0; at < run.Length; at += once)
            {
                Salt.CopyTo(run.Span[at..]);
                passphrase.CopyTo(run.Span[(at + Salt.Length)..]);
            }

            // However low the count, everything is hashed once.
            var total = Math.Max(Count, once);
            budget.SpendHashing(total);
            return Hash(HashId, octets, digest =>
            {
                for (var left = total; left > 0; left -= run.Length)
                {
                    digest.AppendData(run.Span[..Math.Min(left, run.Length)]);
                }
            });
        }
    }

    /// <summary>Argon2id (RFC 9580 §3.7.1.4): guessing costs memory.</summary>
    public sealed record Argon2(byte[] Salt, byte Passes, byte Lanes, byte MemoryExponent) : StringToKey
    {
        /// <inheritdoc/>
        public override void Write(OctetWriter writer) => writer.Octet(4).Octets(Salt).Octet(Passes).Octet(Lanes).Octet(MemoryExponent);

        /// <inheritdoc/>
        public override SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget)
        {
            if (Passes == 0 || Lanes == 0 || MemoryExponent > 31 || (1L << MemoryExponent) < 8L * Lanes)
            {
                throw new OpenPgpFormatException("The passphrase is turned into a key with settings that make no sense.");
            }

            budget.SpendMemory(1L << MemoryExponent, Passes);
            var parameters = new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
                .WithVersion(Argon2Parameters.Version13).WithSalt(Salt)
                .WithIterations(Passes).WithParallelism(Lanes).WithMemoryAsKB(1 << MemoryExponent).Build();
            var argon2 = new Argon2BytesGenerator();
            argon2.Init(parameters);
            var (copy, made) = (passphrase.ToArray(), new byte[octets]);
            argon2.GenerateBytes(copy, made);
            var key = new SecretBytes(made);
            CryptographicOperations.ZeroMemory(copy);
            CryptographicOperations.ZeroMemory(made);
            return key;
        }
    }

    /// <summary>gpg's word for a secret key whose numbers it did not write (mode 1) or that lies on a card (mode 2).</summary>
    public sealed record NotHere(byte Mode) : StringToKey
    {
        /// <inheritdoc/>
        public override void Write(OctetWriter writer) => writer.Octet(101).Octet(0).Octets("GNU"u8).Octet(Mode);

        /// <inheritdoc/>
        public override SecretBytes Derive(ReadOnlySpan<byte> passphrase, int octets, StringToKeyBudget budget)
            => throw new OpenPgpFormatException("The secret key is not in this file.");
    }
}
