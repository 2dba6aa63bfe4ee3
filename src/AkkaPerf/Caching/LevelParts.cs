using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching;

/// <summary>What a cache's levels are made of beside their options.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Random">Chance; must bear several threads.</param>
/// <param name="Second">The second level; null if there is none.</param>
/// <param name="Serializers">How values are written to it; null if there is none.</param>
internal sealed record LevelParts(TimeProvider Time, Random Random, SecondLevel? Second = null, SerializerResolver? Serializers = null);
