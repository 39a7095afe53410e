	.file	"x.c"
	.text
	.globl	get
	.type	get, @function
get:
	movslq	%edi, %rdi
	leaq	primes(%rip), %rax
	movl	(%rax,%rdi,4), %eax
	ret
	.size	get, .-get
get.Lfe:
	.globl	all
	.type	all, @function
all:
	movl	$0, %eax
	ret
	.size	all, .-all
	.globl	other
	.type	other, @function
other:
	movl	%edi, %eax
	ret
	.size	other, .-other
	.section	.rodata
	.align 16
	.type	primes, @object
	.size	primes, 16
primes:
	.long	2
	.long	10
	.long	20
	.long	30
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: get -----
	.p2align 4
	.globl	get.kpatch
	.hidden	get.kpatch
	.type	get.kpatch, @function
get.kpatch:
	movslq	%edi, %rdi
	leaq	primes.kpatch(%rip), %rax
	movl	(%rax,%rdi,4), %eax
	ret
	.size	get.kpatch, .-get.kpatch
get.kpatch_end:
	.popsection
	.pushsection .kpatch.rodata,"R",@progbits
	.align 16
	.type	primes.kpatch, @object
primes.kpatch:
	.long	2
	.long	10
	.long	20
	.long	33
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"get"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	get
	.quad	get.Lfe-get
	.quad	get.kpatch
	.quad	get.kpatch_end-get.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
#----- kpatch end -----
