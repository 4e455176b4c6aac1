using System.Text;
using Bitmask.OpenPgp.Packets;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Tests.Streams;

public class ArmorTests
{
    [Property(MaxTest = 300)]
    public bool Encode_ThenDecode_IsTheSame(byte[] octets)
        => Armor.Decode(Armor.Encode(Armor.Message, octets), out var hasMore).Span.SequenceEqual(octets) && !hasMore;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(48)]
    [InlineData(100_000)]
    public void Write_InPieces_SameTextAsAtOnce(int piece)
    {
        var octets = Octets(100_001);
        using var text = new OctetSink(0);
        using var writer = new ArmorWriter(text, Armor.Message, hasChecksum: true);

        for (var at = 0; at < octets.Length; at += piece)
        {
            writer.Write(octets.AsSpan(at, Math.Min(piece, octets.Length - at)));
        }

        writer.Complete();
        Assert.Equal(Armor.Encode(Armor.Message, octets), text.ToArray());
        Assert.True(text.Length <= ArmorWriter.MaxLength(Armor.Message, octets.Length));
    }

    [Fact]
    public void Encode_Lines_AreShortAndTheChecksumIsRight()
    {
        var lines = Encoding.ASCII.GetString(Armor.Encode(Armor.Message, "Hello, world! This goes over more than one line of sixty-four."u8)).Split('\n');

        Assert.Equal("-----BEGIN PGP MESSAGE-----", lines[0]);
        Assert.Equal("", lines[1]);
        Assert.All(lines, line => Assert.True(line.Length <= 64));
        // As gpg --enarmor writes it.
        Assert.Equal("=34+A", lines[^3]);
        Assert.Equal(["-----END PGP MESSAGE-----", ""], lines[^2..]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5000)]
    public void Open_TextInPieces_SameOctets(int piece)
    {
        var octets = Octets(70_000);
        using var opened = Armor.Open(new Trickle(Armor.Encode(Armor.Message, octets), piece));

        Assert.Equal(octets, ReadAll(opened));
    }

    [Fact]
    public void Open_Binary_AsItIs()
    {
        var octets = Octets(20_000);
        octets[0] |= 0x80;
        using var opened = Armor.Open(new Trickle(octets, 100));

        Assert.Equal(octets, ReadAll(opened));
    }

    [Theory]
    [InlineData("-----BEGIN PGP MESSAGE-----\r\n\r\nSGVsbG8=\r\n-----END PGP MESSAGE-----\r\n")]
    [InlineData("some words\nand more\n-----BEGIN PGP MESSAGE-----\nVersion: old\nComment: many: colons\n \t \nSGVs\nbG8=\n=AAAA\n-----END PGP MESSAGE-----\ntail")]
    [InlineData("\uFEFF-----BEGIN PGP MESSAGE-----\n\nSGVsbG8=\n-----END PGP MESSAGE-----")]
    [InlineData("-----BEGIN PGP MESSAGE-----  \n\n  S G V s\tbG\n\n8=\n=olol\n-----END PGP MESSAGE-----\n")]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\nS\nG\nV\ns\nb\nG\n8\n=\n-----END PGP MESSAGE-----\n")]
    public void Decode_WhatProgramsAndMailersMakeOfIt_SameOctets(string text)
        => Assert.Equal("Hello"u8.ToArray(), Armor.Decode(Encoding.UTF8.GetBytes(text), out _).ToArray());

    [Theory]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\nSGVsbG8=\n")]
    [InlineData("-----BEGIN PGP MESSAGE-----\nVersion: 1\n")]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\nSGVsbG8\n-----END PGP MESSAGE-----\n")]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\nSGVs*bG8=\n-----END PGP MESSAGE-----\n")]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\nSGVsbG8=\nSGVs\n-----END PGP MESSAGE-----\n")]
    [InlineData("say -----BEGIN PGP MESSAGE-----\n\nSGVsbG8=\n-----END PGP MESSAGE-----\n")]
    [InlineData("hello")]
    [InlineData("")]
    public void Decode_NotWholeOrNotArmor_FormatError(string text)
        => Assert.Throws<OpenPgpFormatException>(() => Armor.Decode(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Decode_TwoBlocks_FirstAndAWordOfTheSecond()
    {
        var block = Armor.Encode(Armor.PublicKey, "one"u8);

        Assert.Equal("one"u8.ToArray(), Armor.Decode([.. block, .. Armor.Encode(Armor.PublicKey, "two"u8)], out var hasMore).ToArray());
        Assert.True(hasMore);
    }

    [Fact]
    public void Decode_LongLines_Taken()
    {
        var octets = Octets(100_000);
        var text = "-----BEGIN PGP MESSAGE-----\n\n" + Convert.ToBase64String(octets) + "\n-----END PGP MESSAGE-----\n";

        Assert.Equal(octets, Armor.Decode(Encoding.ASCII.GetBytes(text), out _).ToArray());
    }

    private static byte[] Octets(int count)
    {
        var octets = new byte[count];
        new Random(count).NextBytes(octets);
        return octets;
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var all = new OctetSink(0);
        stream.CopyTo(all);
        return all.ToArray();
    }
}
