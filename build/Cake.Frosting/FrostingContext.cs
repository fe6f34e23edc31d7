using Cake.Core;

namespace Cake.Frosting;

/// <summary>What every task, setup and teardown of one run is given.</summary>
public interface IFrostingContext : ICakeContext;

/// <summary>Cake's own context, to be derived from for the state of a build.</summary>
public class FrostingContext(ICakeContext context) : CakeContextAdapter(context), IFrostingContext;
