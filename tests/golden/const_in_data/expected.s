	.file	"x.c"
	.section	.rodata.str1.1,"aMS",@progbits,1
.LC0:
	.string	"one"
.LC1:
	.string	"two"
	.data
	.align 16
.LC2:
	.quad	.LC0
	.quad	.LC1
	.text
	.globl	f
	.type	f, @function
f:
	movdqa	.LC2(%rip), %xmm0
	movaps	%xmm0, -24(%rsp)
	ret
	.size	f, .-f
f.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	movdqa	.LC4.kpatch(%rip), %xmm0
	movdqa	16+.LC4.kpatch(%rip), %xmm1
	movaps	%xmm1, -40(%rsp)
	movaps	%xmm0, -24(%rsp)
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.rodata,"R",@progbits
.LC2.kpatch:
	.string	"three"
.LC3.kpatch:
	.string	"four"
	.popsection
	.pushsection .kpatch.data,"R",@progbits
	.align 16
.LC4.kpatch:
	.quad	.LC0
	.quad	.LC1
	.quad	.LC2.kpatch
	.quad	.LC3.kpatch
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
#----- kpatch end -----
